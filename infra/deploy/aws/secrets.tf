# A secret a setting. What is in them is told once, by a variable that stands in no state and in no plan.
# REDIS_URL is among them where the Redis is one of your own; else Terraform writes it (redis.tf).

locals {
  # Which process is given which, made from the settings that it reads: a receiver has no key of a provider, and a
  # console no token of programs.
  secret_of = merge(jsondecode(file("${path.module}/secrets.json")), { doctor = ["REDIS_URL", "TICKET_KEYS"] })
  programs  = contains(var.secret_names, "API_TOKEN")
  console   = contains(var.secret_names, "CONSOLE_USERS")
}

resource "aws_secretsmanager_secret" "setting" {
  for_each = var.secret_names
  name     = "${var.name}/${each.key}"
  # Taken away and made again under the same name within an hour, by whoever tries this out.
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "setting" {
  for_each                 = aws_secretsmanager_secret.setting
  secret_id                = each.value.id
  secret_string_wo         = lookup(var.secrets, each.key, "")
  secret_string_wo_version = var.secrets_version
}
