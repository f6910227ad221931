# terraform test: no account and no network, the provider is played. What AWS itself says of it is tried on moto.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }
  }
  mock_data "aws_secretsmanager_random_password" {
    defaults = { random_password = "drawnbytheprovideranddrawnonce" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/played" }
  }
  mock_resource "aws_lb" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/played/1" }
  }
  mock_resource "aws_lb_target_group" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/played/1" }
  }
  mock_resource "aws_lb_listener" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/played/1/1" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-central-1:123456789012:played" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:played" }
  }
  mock_resource "aws_secretsmanager_secret" {
    defaults = { arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:played" }
  }
  mock_resource "aws_ecs_cluster" {
    defaults = { arn = "arn:aws:ecs:eu-central-1:123456789012:cluster/played" }
  }
  mock_resource "aws_ecs_task_definition" {
    defaults = { arn = "arn:aws:ecs:eu-central-1:123456789012:task-definition/played:1" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-central-1:123456789012:played" }
  }
}

variables {
  region          = "eu-central-1"
  image           = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/fixative:1"
  domain          = "cb.example.com"
  certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/played"
  secrets         = { TICKET_KEYS = "k1:a-secret" }
}

run "as_it_is" {
  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.archive.block_public_acls,
      aws_s3_bucket_public_access_block.archive.block_public_policy,
      aws_s3_bucket_public_access_block.archive.ignore_public_acls,
      aws_s3_bucket_public_access_block.archive.restrict_public_buckets,
    ])
    error_message = "The bucket must be nobody's but ours."
  }
  assert {
    condition = contains([
      for told in jsondecode(aws_s3_bucket_policy.archive.policy).Statement : jsonencode(told.Condition) if told.Effect == "Deny" && told.Principal == "*"
    ], jsonencode({ Bool = { "aws:SecureTransport" = "false" } }))
    error_message = "The bucket must be reached over TLS alone."
  }
  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.archive.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "What is kept must be encrypted."
  }
  assert {
    condition     = !aws_s3_bucket.archive.force_destroy && aws_s3_bucket_versioning.archive.versioning_configuration[0].status == "Enabled"
    error_message = "A bucket that holds something must outlive `terraform destroy`, and what is removed a mistake."
  }
  # What expires, expires here alone: whatever is not named stays for good.
  assert {
    condition = jsonencode({
      for rule in aws_s3_bucket_lifecycle_configuration.archive.rule : rule.filter[0].prefix => rule.expiration[0].days if length(rule.expiration) > 0 && !startswith(rule.id, "what-was")
    }) == jsonencode({ "dead/" = 365, "inline/" = 365, "thumbs/" = 90, "replays/" = 31, "probe/" = 7 })
    error_message = "Only dead/, inline/, thumbs/, replays/ and probe/ may expire."
  }
  assert {
    condition     = one([for rule in aws_s3_bucket_lifecycle_configuration.archive.rule : rule.abort_incomplete_multipart_upload[0].days_after_initiation if length(rule.abort_incomplete_multipart_upload) > 0]) == 1
    error_message = "Uploads in parts that were broken off must go."
  }

  # The roles.
  assert {
    condition = jsonencode(jsondecode(aws_iam_role_policy.process["receiver"].policy).Statement) == jsonencode([
      { Sid = "Create", Effect = "Allow", Action = "s3:PutObject", Resource = ["arn:aws:s3:::fixative-123456789012/inbox/*"], Condition = { Null = { "s3:if-none-match" = "false" } } },
      { Sid = "Read", Effect = "Allow", Action = "s3:GetObject", Resource = ["arn:aws:s3:::fixative-123456789012/inbox/*"] },
      { Sid = "Write", Effect = "Allow", Action = "s3:PutObject", Resource = ["arn:aws:s3:::fixative-123456789012/probe/receiver*"] },
    ])
    error_message = "A receiver must put into inbox/ what is new, and say that it is there; no more."
  }
  assert {
    condition = alltrue([
      for told in jsondecode(aws_iam_role_policy.process["worker"].policy).Statement :
      told.Action != "s3:DeleteObject" || !anytrue([for key in told.Resource : strcontains(key, "/tasks/") || strcontains(key, "/orders/")])
    ])
    error_message = "A worker must remove no image and no order."
  }
  assert {
    condition = alltrue([
      for told in jsondecode(aws_iam_role_policy.process["worker"].policy).Statement :
      told.Action != "s3:PutObject" || lookup(told, "Condition", null) != null || !anytrue([for key in told.Resource : strcontains(key, "/tasks/")])
    ])
    error_message = "A worker must write over no image."
  }
  assert {
    condition     = alltrue([for role in aws_iam_role.process : jsondecode(role.assume_role_policy).Statement[0].Principal == { Service = "ecs-tasks.amazonaws.com" }])
    error_message = "ECS alone gives the roles."
  }
  assert {
    condition     = alltrue([for process, made in aws_ecs_task_definition.process : made.execution_role_arn == aws_iam_role.starter.arn]) && length(distinct([for role in aws_iam_role.process : role.name])) == 3
    error_message = "The role that starts processes must be none of theirs."
  }
  assert {
    condition     = strcontains(aws_iam_role_policy.starter.policy, "arn:aws:ecr:eu-central-1:123456789012:repository/fixative\"")
    error_message = "Who starts processes must fetch their image, and no other."
  }

  # The processes.
  assert {
    condition     = join(" ", keys(aws_ecs_service.process)) == "receiver worker" && aws_ecs_service.process["receiver"].desired_count >= 2
    error_message = "Two receivers, so that one answers while the other is replaced; no console until somebody may sign in."
  }
  assert {
    condition = alltrue(flatten([
      for made in aws_ecs_task_definition.process : [
        for container in jsondecode(made.container_definitions) :
        container.user == "10001" && container.readonlyRootFilesystem && join(" ", container.linuxParameters.capabilities.drop) == "ALL" if container.name != "tmp"
      ]
    ]))
    error_message = "A process must be nobody in particular, and write into /tmp alone."
  }
  assert {
    condition = jsonencode({
      for process, made in aws_ecs_task_definition.process : process => sort(jsondecode(made.container_definitions)[1].secrets[*].name)
      }) == jsonencode({
      receiver = ["REDIS_URL", "TICKET_KEYS"]
      worker   = ["REDIS_URL", "TICKET_KEYS"]
      doctor   = ["REDIS_URL", "TICKET_KEYS"]
    })
    error_message = "Each process must be given its own secrets."
  }
  assert {
    condition     = aws_lb.door.idle_timeout < tonumber(one([for told in jsondecode(aws_ecs_task_definition.process["receiver"].container_definitions)[1].environment : told.value if told.name == "IDLE_S"]))
    error_message = "The balancer must let go of an idle connection before the receiver does."
  }
  assert {
    condition     = alltrue([for process, made in aws_lb_target_group.process : tonumber(made.deregistration_delay) > jsondecode(aws_ecs_task_definition.process[process].container_definitions)[1].stopTimeout])
    error_message = "A process must be out of the balancer before it ends."
  }
  assert {
    condition     = one([for told in jsondecode(aws_ecs_task_definition.process["receiver"].container_definitions)[1].environment : told.value if told.name == "TRUSTED_PROXIES"]) == aws_vpc.here.cidr_block
    error_message = "The balancer's word on who calls, and that he came over HTTPS, must be believed."
  }

  # The queue.
  assert {
    condition = alltrue([
      aws_elasticache_replication_group.redis[0].cluster_mode == "disabled",
      aws_elasticache_replication_group.redis[0].transit_encryption_enabled,
      aws_elasticache_replication_group.redis[0].transit_encryption_mode == "required",
      aws_elasticache_replication_group.redis[0].auth_token != "",
      one(aws_elasticache_parameter_group.redis[0].parameter).value == "noeviction",
    ])
    error_message = "Valkey must be one shard, over TLS, with a password, and throw no bell away."
  }
  assert {
    condition     = startswith(aws_secretsmanager_secret_version.redis[0].secret_string, "rediss://:drawnbytheprovideranddrawnonce@")
    error_message = "REDIS_URL must lead to it."
  }

  # Manifests are told of, and nothing else.
  assert {
    condition     = one(aws_s3_bucket_notification.archived.queue).filter_prefix == "tasks/" && one(aws_s3_bucket_notification.archived.queue).filter_suffix == "/manifest.json"
    error_message = "The queue must hear of manifests."
  }

  # The alarms.
  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.symptom : length(alarm.alarm_description) > 60 && length(alarm.alarm_actions) == 1])
    error_message = "Each alarm must say what it means, and to somebody."
  }
  assert {
    condition = alltrue([
      for name in ["doctor", "receivers", "redis-memory"] : aws_cloudwatch_metric_alarm.symptom[name].treat_missing_data == "breaching"
    ])
    error_message = "Silence must not be taken for health."
  }
  assert {
    condition     = !strcontains(aws_iam_role_policy.clock.policy, "*")
    error_message = "The clock must start the doctor, and nothing else."
  }
}

run "with_all_that_there_is" {
  variables {
    image            = "registry.example.com/fixative:1"
    s3_prefix        = "shared/here/"
    versioning       = false
    dead_days        = 0
    secret_names     = ["TICKET_KEYS", "REDIS_URL", "API_TOKEN", "CONSOLE_USERS", "EVOLINK_API_KEY"]
    secrets          = { TICKET_KEYS = "k1:a", REDIS_URL = "rediss://redis.example.com", API_TOKEN = "a-token", CONSOLE_USERS = "a:viewer:b", EVOLINK_API_KEY = "a-key" }
    console_domain   = "console.example.com"
    console_networks = ["192.0.2.0/24"]
    worker_cpu       = 2048
    worker_memory    = 4096
    worker_settings  = { WORKER_THREADS = "32" }
    alarm_email      = "operator@example.com"
  }
  assert {
    condition     = !strcontains(aws_iam_role_policy.starter.policy, "ecr:")
    error_message = "An image of another registry needs no right at ECR."
  }
  assert {
    condition     = length(aws_elasticache_replication_group.redis) + length(aws_secretsmanager_secret.redis) == 0
    error_message = "With a Redis of one's own there is no other."
  }
  assert {
    condition = jsonencode({
      for process, made in aws_ecs_task_definition.process : process => sort(jsondecode(made.container_definitions)[1].secrets[*].name)
      }) == jsonencode({
      receiver = ["API_TOKEN", "REDIS_URL", "TICKET_KEYS"]
      worker   = ["EVOLINK_API_KEY", "REDIS_URL", "TICKET_KEYS"]
      console  = ["CONSOLE_USERS", "REDIS_URL", "TICKET_KEYS"]
      doctor   = ["REDIS_URL", "TICKET_KEYS"]
    })
    error_message = "Each process must be given its own secrets."
  }
  assert {
    condition = jsonencode(one([
      for told in jsondecode(aws_iam_role_policy.process["receiver"].policy).Statement : told.Resource if told.Sid == "Read"
      ])) == jsonencode([for key in ["inbox/*", "tasks/*/manifest.json", "dead/*.json", "orders/*", "index/*"] : "arn:aws:s3:::fixative-123456789012/shared/here/${key}"]) && contains([
      for told in jsondecode(aws_iam_role_policy.process["receiver"].policy).Statement : told.Action
    ], "s3:ListBucket")
    error_message = "With API_TOKEN a receiver must read what it tells of tasks, under the prefix."
  }
  assert {
    condition     = alltrue([for rule in aws_s3_bucket_lifecycle_configuration.archive.rule : startswith(rule.filter[0].prefix, "shared/here/") && rule.id != "expire-dead"])
    error_message = "A bucket that is shared must be left alone outside the prefix, and dead letters where they are to stay."
  }
  assert {
    condition     = aws_sns_topic_subscription.email[0].endpoint == "operator@example.com" && !contains(keys(aws_cloudwatch_metric_alarm.symptom), "redis-memory")
    error_message = "Alarms must reach who is named, and none be about what is not there."
  }
  assert {
    condition     = aws_s3_bucket_versioning.archive.versioning_configuration[0].status == "Suspended"
    error_message = "Versions must be left out where nobody wants them."
  }
  assert {
    condition     = join(" ", flatten([for told in aws_lb_listener_rule.host["console"].condition : [for from in told.source_ip : tolist(from.values)]])) == "192.0.2.0/24"
    error_message = "The console must be reached from its networks alone."
  }
  assert {
    condition = contains(
      jsondecode(aws_ecs_task_definition.process["worker"].container_definitions)[1].environment, { name = "DECODERS", value = "2" }
    ) && contains(jsondecode(aws_ecs_task_definition.process["worker"].container_definitions)[1].environment, { name = "WORKER_THREADS", value = "32" })
    error_message = "A worker must have a decoder a core, and its own settings."
  }
}

run "names_that_cannot_be_are_refused" {
  command = plan
  variables {
    name         = "Fixative"
    s3_prefix    = "no-slash"
    secret_names = ["TICKET_KEYS", "TICKET_KEY"]
  }
  expect_failures = [var.name, var.s3_prefix, var.secret_names]
}

run "a_secret_that_is_not_told_and_a_console_without_people_are_missed" {
  command = plan
  variables {
    secret_names   = ["TICKET_KEYS", "API_TOKEN"]
    console_domain = "console.example.com"
  }
  expect_failures = [var.secrets, var.console_domain]
}

run "a_console_that_nobody_reaches_is_refused" {
  command = plan
  variables {
    secret_names   = ["TICKET_KEYS", "CONSOLE_USERS"]
    secrets        = { TICKET_KEYS = "k1:a", CONSOLE_USERS = "a:viewer:b" }
    console_domain = "console.example.com"
  }
  expect_failures = [var.console_networks]
}
