# The bucket is the truth. What may be removed from it, and why: docs/operations.md.

locals {
  bucket     = var.bucket == "" ? "${var.name}-${data.aws_caller_identity.here.account_id}" : var.bucket
  bucket_arn = "arn:${data.aws_partition.here.partition}:s3:::${local.bucket}"
  # Folders whose objects can be made again, or say nothing any more after so many days.
  expiring = {
    dead    = var.dead_days
    inline  = var.dead_days
    thumbs  = var.thumbs_days
    replays = 31
    probe   = 7
  }
  # Folders whose objects live for seconds: hardly removed, they are of no use to anybody.
  fleeting = ["inbox", "due", "inline", "probe", "thumbs"]
}

# Destroyed only when it is empty.
resource "aws_s3_bucket" "archive" {
  bucket        = local.bucket
  force_destroy = false
}

resource "aws_s3_bucket_public_access_block" "archive" {
  bucket                  = aws_s3_bucket.archive.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "archive" {
  bucket = aws_s3_bucket.archive.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "archive" {
  bucket = aws_s3_bucket.archive.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "archive" {
  bucket = aws_s3_bucket.archive.id
  versioning_configuration {
    status = var.versioning ? "Enabled" : "Suspended"
  }
}

resource "aws_s3_bucket_policy" "archive" {
  bucket = aws_s3_bucket.archive.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "Tls12"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
        Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
      },
    ]
  })
  # A policy that is written while public access is being blocked is refused now and then.
  depends_on = [aws_s3_bucket_public_access_block.archive]
}

resource "aws_s3_bucket_lifecycle_configuration" "archive" {
  bucket = aws_s3_bucket.archive.id

  rule {
    id     = "what-was-removed"
    status = "Enabled"
    filter {
      prefix = var.s3_prefix
    }
    noncurrent_version_expiration {
      noncurrent_days = var.removed_days
    }
    expiration {
      expired_object_delete_marker = true
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  dynamic "rule" {
    for_each = local.fleeting
    content {
      id     = "removed-${rule.value}"
      status = "Enabled"
      filter {
        prefix = "${var.s3_prefix}${rule.value}/"
      }
      noncurrent_version_expiration {
        noncurrent_days = 1
      }
    }
  }

  dynamic "rule" {
    for_each = { for folder, days in local.expiring : folder => days if days > 0 }
    content {
      id     = "expire-${rule.key}"
      status = "Enabled"
      filter {
        prefix = "${var.s3_prefix}${rule.key}/"
      }
      expiration {
        days = rule.value
      }
    }
  }

  # Rules for versions of a bucket that has none are refused.
  depends_on = [aws_s3_bucket_versioning.archive]
}
