# One role a process, of the table in docs/operations.md; and one by which ECS starts them, which no process has.

locals {
  # Made from archive/rights.py.
  rights = jsondecode(file("${path.module}/rights.json"))
  granted = {
    receiver = local.programs ? [local.rights.receiver, local.rights.programs] : [local.rights.receiver]
    worker   = [local.rights.worker]
    console  = [local.rights.console]
  }
  verbs = {
    read   = { action = "s3:GetObject", condition = null }
    create = { action = "s3:PutObject", condition = { Null = { "s3:if-none-match" = "false" } } }
    change = { action = "s3:PutObject", condition = { Null = { "s3:if-match" = "false" } } }
    write  = { action = "s3:PutObject", condition = null }
    delete = { action = "s3:DeleteObject", condition = null }
  }
  statements = {
    for process, all in local.granted : process => concat(
      [
        for verb, how in local.verbs : merge(
          {
            Sid    = title(verb)
            Effect = "Allow"
            Action = how.action
            Resource = [
              for pattern in distinct(flatten(all[*][verb])) : "${local.bucket_arn}/${var.s3_prefix}${pattern}"
            ]
          },
          { for name, condition in { Condition = how.condition } : name => condition if condition != null },
        ) if length(flatten(all[*][verb])) > 0
      ],
      # Without a condition on the prefix: with one, S3 answers 403 for what is not there.
      [
        for listed in [anytrue(all[*].list)] : {
          Sid      = "List"
          Effect   = "Allow"
          Action   = "s3:ListBucket"
          Resource = [local.bucket_arn]
        } if listed
      ],
    )
  }
  repositories = [
    for found in regexall("^(?P<account>[0-9]{12})[.]dkr[.]ecr[.](?P<region>[a-z0-9-]+)[.]amazonaws[.]com(?:[.]cn)?/(?P<name>[^:@]+)", var.image) : found
  ]
  by_ecs = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.here.account_id } }
    }]
  })
}

resource "aws_iam_role" "process" {
  for_each           = local.statements
  name               = "${var.name}-${each.key}"
  assume_role_policy = local.by_ecs
}

resource "aws_iam_role_policy" "process" {
  for_each = local.statements
  name     = "bucket"
  role     = aws_iam_role.process[each.key].name
  policy   = jsonencode({ Version = "2012-10-17", Statement = each.value })
}

resource "aws_iam_role" "starter" {
  name               = "${var.name}-starter"
  assume_role_policy = local.by_ecs
}

resource "aws_iam_role_policy" "starter" {
  name = "start"
  role = aws_iam_role.starter.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "Secrets"
          Effect   = "Allow"
          Action   = "secretsmanager:GetSecretValue"
          Resource = [for secret in concat(values(aws_secretsmanager_secret.setting), aws_secretsmanager_secret.redis) : secret.arn]
        },
        {
          Sid      = "Logs"
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = [for group in aws_cloudwatch_log_group.process : "${group.arn}:*"]
        },
      ],
      # An image of another registry needs no right.
      [
        for image in local.repositories : {
          Sid      = "Image"
          Effect   = "Allow"
          Action   = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"]
          Resource = ["arn:${data.aws_partition.here.partition}:ecr:${image.region}:${image.account}:repository/${image.name}"]
        }
      ],
      [
        for image in local.repositories : {
          Sid      = "Registry"
          Effect   = "Allow"
          Action   = "ecr:GetAuthorizationToken"
          Resource = ["*"]
        }
      ],
    )
  })
}
