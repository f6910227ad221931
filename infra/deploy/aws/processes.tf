# The processes, on Fargate: the same image, a task definition and a service each, a role each.

locals {
  ports = { for process, port in { receiver = 8443, console = 8444 } : process => port if contains(keys(local.services), process) }
  services = merge(
    {
      receiver = { count = var.receivers, cpu = 256, memory = 512, command = ["python", "-m", "receiver"], stop_s = 20 }
      worker   = { count = var.workers, cpu = var.worker_cpu, memory = var.worker_memory, command = ["python", "-m", "workers"], stop_s = 60 }
    },
    local.console ? {
      console = { count = 1, cpu = 256, memory = 512, command = ["python", "-m", "console"], stop_s = 20 }
    } : {},
  )
  # Whoever looks after it starts the command under the console's role, whether or not a console runs.
  definitions = merge(local.services, {
    doctor = { cpu = 256, memory = 512, command = ["python", "-m", "console.cli", "doctor"], stop_s = 20 }
  })
  role_of = { receiver = "receiver", worker = "worker", console = "console", doctor = "console" }

  settings = {
    S3_BUCKET       = local.bucket
    S3_PREFIX       = var.s3_prefix
    AWS_REGION      = var.region
    PUBLIC_URL      = "https://${var.domain}"
    TRUSTED_PROXIES = var.network
    # A traceback is one line then, and one event.
    LOG_FORMAT = "json"
  }
  settings_of = {
    receiver = merge(local.settings, { HOST = "0.0.0.0", PORT = "8443", IDLE_S = tostring(local.idle_s) })
    # What a task may use is told by its definition, and a machine of AWS's tells all of its cores.
    worker  = merge(local.settings, { DECODERS = tostring(max(1, floor(var.worker_cpu / 1024))) }, var.worker_settings)
    console = merge(local.settings, { CONSOLE_HOST = "0.0.0.0", CONSOLE_PORT = "8444", CONSOLE_URL = "https://${var.console_domain}", CONSOLE_PROXIES = var.network })
    doctor  = local.settings
  }
  secrets_of = {
    for process in keys(local.definitions) : process => merge(
      { for name in local.secret_of[process] : name => aws_secretsmanager_secret.setting[name].arn if contains(var.secret_names, name) },
      { for secret in aws_secretsmanager_secret.redis : "REDIS_URL" => secret.arn },
    )
  }
}

resource "aws_ecs_cluster" "here" {
  name = var.name
}

resource "aws_ecs_task_definition" "process" {
  for_each                 = local.definitions
  family                   = "${var.name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = each.value.cpu
  memory                   = each.value.memory
  execution_role_arn       = aws_iam_role.starter.arn
  task_role_arn            = aws_iam_role.process[local.role_of[each.key]].arn
  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.architecture
  }
  volume {
    name = "tmp"
  }
  container_definitions = jsonencode([
    {
      # A volume of Fargate's belongs to root, and the processes are nobody in particular.
      name                   = "tmp"
      image                  = var.image
      essential              = false
      user                   = "0"
      command                = ["chmod", "1777", "/tmp"]
      readonlyRootFilesystem = true
      mountPoints            = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
      logConfiguration       = local.log_of[each.key]
    },
    merge(
      {
        name                   = each.key
        image                  = var.image
        essential              = true
        command                = each.value.command
        user                   = "10001"
        readonlyRootFilesystem = true
        linuxParameters        = { capabilities = { drop = ["ALL"] }, initProcessEnabled = false }
        stopTimeout            = each.value.stop_s
        dependsOn              = [{ containerName = "tmp", condition = "SUCCESS" }]
        mountPoints            = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
        environment            = [for name, value in local.settings_of[each.key] : { name = name, value = value } if value != ""]
        secrets                = [for name, arn in local.secrets_of[each.key] : { name = name, valueFrom = arn }]
        # Another version of the secrets is another definition: ECS then replaces the processes, one after the other.
        dockerLabels     = { secrets = tostring(var.secrets_version) }
        portMappings     = [for process, port in local.ports : { containerPort = port, protocol = "tcp" } if process == each.key]
        logConfiguration = local.log_of[each.key]
      },
      each.key == "doctor" ? {} : {
        healthCheck = { command = ["CMD", "python", "healthy.py"], interval = 10, timeout = 5, retries = 3, startPeriod = 30 }
      },
    ),
  ])
}

resource "aws_ecs_service" "process" {
  for_each                           = local.services
  name                               = each.key
  cluster                            = aws_ecs_cluster.here.id
  task_definition                    = aws_ecs_task_definition.process[each.key].arn
  desired_count                      = each.value.count
  launch_type                        = "FARGATE"
  propagate_tags                     = "SERVICE"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  # A receiver that starts while S3 is away is not ended for it: without it nobody would take callbacks later.
  health_check_grace_period_seconds = contains(keys(local.ports), each.key) ? 60 : null
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  network_configuration {
    subnets          = aws_subnet.outside[*].id
    security_groups  = [aws_security_group.process[each.key].id]
    assign_public_ip = true
  }
  dynamic "load_balancer" {
    for_each = { for process, port in local.ports : process => port if process == each.key }
    content {
      target_group_arn = aws_lb_target_group.process[each.key].arn
      container_name   = each.key
      container_port   = load_balancer.value
    }
  }
  # What they are started with stands before they are started.
  depends_on = [
    aws_lb_listener.https,
    aws_iam_role_policy.process,
    aws_iam_role_policy.starter,
    aws_secretsmanager_secret_version.setting,
    aws_secretsmanager_secret_version.redis,
  ]
}
