# A network of its own. Tasks have public addresses and let nobody in but the balancer: a NAT gateway would charge
# for each byte of each image. S3 is reached by an endpoint that costs nothing.

data "aws_availability_zones" "here" {
  state = "available"
}

locals {
  zones = slice(data.aws_availability_zones.here.names, 0, 2)
}

resource "aws_vpc" "here" {
  cidr_block           = var.network
  enable_dns_hostnames = true
  tags                 = { Name = var.name }
}

resource "aws_internet_gateway" "here" {
  vpc_id = aws_vpc.here.id
}

resource "aws_subnet" "outside" {
  count             = length(local.zones)
  vpc_id            = aws_vpc.here.id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.network, 4, count.index)
  tags              = { Name = "${var.name}-outside" }
}

# No way out: for Valkey alone.
resource "aws_subnet" "inside" {
  count             = length(local.zones)
  vpc_id            = aws_vpc.here.id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.network, 4, 8 + count.index)
  tags              = { Name = "${var.name}-inside" }
}

resource "aws_route_table" "outside" {
  vpc_id = aws_vpc.here.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.here.id
  }
}

resource "aws_route_table_association" "outside" {
  count          = length(local.zones)
  subnet_id      = aws_subnet.outside[count.index].id
  route_table_id = aws_route_table.outside.id
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id          = aws_vpc.here.id
  service_name    = "com.amazonaws.${var.region}.s3"
  route_table_ids = [aws_route_table.outside.id]
}

resource "aws_security_group" "balancer" {
  name        = "${var.name}-balancer"
  description = "Providers, and whoever opens the console"
  vpc_id      = aws_vpc.here.id
  ingress {
    description = "HTTPS alone: a callback over HTTP is refused"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    description = "The processes"
    from_port   = 8443
    to_port     = 8444
    protocol    = "tcp"
    cidr_blocks = [var.network]
  }
}

resource "aws_security_group" "process" {
  for_each    = local.granted
  name        = "${var.name}-${each.key}"
  description = "The ${each.key}: let in by the balancer alone"
  vpc_id      = aws_vpc.here.id
  dynamic "ingress" {
    for_each = { for process, port in local.ports : process => port if process == each.key }
    content {
      description     = "The balancer"
      from_port       = ingress.value
      to_port         = ingress.value
      protocol        = "tcp"
      security_groups = [aws_security_group.balancer.id]
    }
  }
  egress {
    description = "AWS, Valkey, providers and wherever their images lie"
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "redis" {
  name        = "${var.name}-redis"
  description = "Valkey: the processes alone"
  vpc_id      = aws_vpc.here.id
  ingress {
    description     = "Bells and heartbeats"
    from_port       = 6379
    to_port         = 6379
    protocol        = "tcp"
    security_groups = [for group in aws_security_group.process : group.id]
  }
}
