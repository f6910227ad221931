# A secret a setting. What is in them is told once, by a variable that stands in no state and in no plan.
# REDIS_URL is among them where the Redis is one of your own; else Terraform writes it (redis.tf).

locals {
  # Which process is given which; a receiver has no key of a provider, and a console no token of programs.
  secret_of = {
    receiver = ["REDIS_URL", "TICKET_KEYS", "API_TOKEN"]
    worker   = ["REDIS_URL", "TICKET_KEYS", "EGRESS_PROXY", "EVOLINK_API_KEY", "APIINONE_API_KEY"]
    console  = ["REDIS_URL", "TICKET_KEYS", "CONSOLE_USERS"]
    doctor   = ["REDIS_URL", "TICKET_KEYS"]
  }
  programs = contains(var.secret_names, "API_TOKEN")
  console  = contains(var.secret_names, "CONSOLE_USERS")
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
