# How other systems hear of an archived task: S3 tells a queue of every manifest that is written.

resource "aws_sqs_queue" "archived" {
  name                       = "${var.name}-archived"
  message_retention_seconds  = 1209600
  visibility_timeout_seconds = 60
  receive_wait_time_seconds  = 20
  sqs_managed_sse_enabled    = true
}

resource "aws_sqs_queue_policy" "archived" {
  queue_url = aws_sqs_queue.archived.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "FromTheBucket"
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.archived.arn
      Condition = {
        ArnEquals    = { "aws:SourceArn" = local.bucket_arn }
        StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.here.account_id }
      }
    }]
  })
}

resource "aws_s3_bucket_notification" "archived" {
  bucket = aws_s3_bucket.archive.id
  queue {
    id            = "archived"
    queue_arn     = aws_sqs_queue.archived.arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = "${var.s3_prefix}tasks/"
    filter_suffix = "/manifest.json"
  }
  depends_on = [aws_sqs_queue_policy.archived]
}

# For the roles of those systems.
resource "aws_iam_policy" "reader" {
  name        = "${var.name}-reader"
  description = "Hears of archived tasks and reads them"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Hear"
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"]
        Resource = [aws_sqs_queue.archived.arn]
      },
      {
        Sid      = "Read"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = ["${local.bucket_arn}/${var.s3_prefix}tasks/*"]
      },
    ]
  })
}
