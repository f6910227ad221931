# What the processes write; no secret, no ticket and no link's query is in it (docs/security.md).

resource "aws_cloudwatch_log_group" "process" {
  for_each          = local.definitions
  name              = "/${var.name}/${each.key}"
  retention_in_days = var.log_days
}

locals {
  log_of = {
    for process in keys(local.definitions) : process => {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = aws_cloudwatch_log_group.process[process].name
        "awslogs-region"        = var.region
        "awslogs-stream-prefix" = process
        # A door that waits for its log lines answers too late: rather a line is lost.
        "mode"            = "non-blocking"
        "max-buffer-size" = "4m"
      }
    }
  }
}
