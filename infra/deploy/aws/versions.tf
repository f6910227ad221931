terraform {
  # Write-only arguments: what is secret is in no state file.
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = var.region
  default_tags {
    tags = { application = var.name }
  }
}

data "aws_caller_identity" "here" {}
data "aws_partition" "here" {}
