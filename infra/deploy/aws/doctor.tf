# Every ten minutes the doctor looks at all of it, through the public address as well. What it says is its log, and
# whether it was well is a metric: one alarm hears of everything that it knows.

locals {
  # As `fixative doctor` ends where it found nothing.
  well = "all is well"
}

resource "aws_cloudwatch_event_rule" "doctor" {
  name                = "${var.name}-doctor"
  description         = "Starts the doctor of ${var.name}"
  schedule_expression = "rate(10 minutes)"
}

resource "aws_cloudwatch_event_target" "doctor" {
  rule     = aws_cloudwatch_event_rule.doctor.name
  arn      = aws_ecs_cluster.here.arn
  role_arn = aws_iam_role.clock.arn
  ecs_target {
    launch_type         = "FARGATE"
    task_count          = 1
    task_definition_arn = aws_ecs_task_definition.process["doctor"].arn
    network_configuration {
      subnets          = aws_subnet.outside[*].id
      security_groups  = [aws_security_group.process["console"].id]
      assign_public_ip = true
    }
  }
}

# May start the doctor, and nothing else.
resource "aws_iam_role" "clock" {
  name = "${var.name}-clock"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "events.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.here.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "clock" {
  name = "start-the-doctor"
  role = aws_iam_role.clock.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Start"
        Effect    = "Allow"
        Action    = "ecs:RunTask"
        Resource  = [aws_ecs_task_definition.process["doctor"].arn]
        Condition = { ArnEquals = { "ecs:cluster" = aws_ecs_cluster.here.arn } }
      },
      {
        Sid      = "WithItsRoles"
        Effect   = "Allow"
        Action   = "iam:PassRole"
        Resource = [aws_iam_role.starter.arn, aws_iam_role.process["console"].arn]
      },
    ]
  })
}

resource "aws_cloudwatch_log_metric_filter" "well" {
  name           = "${var.name}-well"
  log_group_name = aws_cloudwatch_log_group.process["doctor"].name
  pattern        = "\"${local.well}\""
  metric_transformation {
    namespace = "Fixative/${var.name}"
    name      = "Well"
    value     = "1"
  }
}

resource "aws_cloudwatch_log_metric_filter" "dead_letters" {
  name           = "${var.name}-dead-letters"
  log_group_name = aws_cloudwatch_log_group.process["worker"].name
  pattern        = "\"dead letter:\""
  metric_transformation {
    namespace = "Fixative/${var.name}"
    name      = "DeadLetters"
    value     = "1"
  }
}
