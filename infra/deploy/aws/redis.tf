# The doorbell: Valkey in one shard (cluster mode is refused), over TLS, with a password. Nothing is lost with it, so
# nothing of it is backed up.

locals {
  own_redis = !contains(var.secret_names, "REDIS_URL")
  redis_url = [for redis in aws_elasticache_replication_group.redis : "rediss://:${one(terraform_data.redis_password).output}@${redis.primary_endpoint_address}:6379/0"]
}

data "aws_secretsmanager_random_password" "redis" {
  count               = local.own_redis ? 1 : 0
  password_length     = 64
  exclude_punctuation = true
}

# Drawn once: the source above tells another one each time. It is in the state, as the group's own argument is: keep
# the state where only you read it.
resource "terraform_data" "redis_password" {
  count = local.own_redis ? 1 : 0
  input = sensitive(one(data.aws_secretsmanager_random_password.redis).random_password)
  lifecycle {
    ignore_changes = [input]
  }
}

resource "aws_elasticache_subnet_group" "redis" {
  count      = local.own_redis ? 1 : 0
  name       = var.name
  subnet_ids = aws_subnet.inside[*].id
}

resource "aws_elasticache_parameter_group" "redis" {
  count  = local.own_redis ? 1 : 0
  name   = var.name
  family = "valkey8"
  # The family's own policy throws bells away when memory is full.
  parameter {
    name  = "maxmemory-policy"
    value = "noeviction"
  }
}

resource "aws_elasticache_replication_group" "redis" {
  count                      = local.own_redis ? 1 : 0
  replication_group_id       = var.name
  description                = "Bells of ${var.name}"
  engine                     = "valkey"
  engine_version             = "8.0"
  node_type                  = var.redis_node
  num_cache_clusters         = var.redis_nodes
  automatic_failover_enabled = var.redis_nodes > 1
  multi_az_enabled           = var.redis_nodes > 1
  cluster_mode               = "disabled"
  parameter_group_name       = one(aws_elasticache_parameter_group.redis).name
  subnet_group_name          = one(aws_elasticache_subnet_group.redis).name
  security_group_ids         = [aws_security_group.redis.id]
  transit_encryption_enabled = true
  transit_encryption_mode    = "required"
  at_rest_encryption_enabled = true
  auth_token                 = one(terraform_data.redis_password).output
  snapshot_retention_limit   = 0
  auto_minor_version_upgrade = true
  apply_immediately          = true
}

resource "aws_secretsmanager_secret" "redis" {
  count                   = local.own_redis ? 1 : 0
  name                    = "${var.name}/REDIS_URL"
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "redis" {
  count         = local.own_redis ? 1 : 0
  secret_id     = one(aws_secretsmanager_secret.redis).id
  secret_string = one(local.redis_url)
}
