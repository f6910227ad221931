# The door to the world: HTTPS alone, and for the names of this deployment alone.

locals {
  # The receiver keeps an idle connection for longer than the balancer does; else a request is lost now and then.
  idle_s          = 620
  balancer_idle_s = 60
  hosts           = merge({ receiver = var.domain }, local.console ? { console = var.console_domain } : {})
  health_of       = { receiver = "/readyz", console = "/livez" }
}

resource "aws_lb" "door" {
  name               = var.name
  load_balancer_type = "application"
  security_groups    = [aws_security_group.balancer.id]
  subnets            = aws_subnet.outside[*].id
  idle_timeout       = local.balancer_idle_s
  # What could be cut in two ways is refused here, and at the receiver again. Stricter would cost callbacks that are
  # odd and honest, and a signature whose header has an underscore in its name must arrive.
  desync_mitigation_mode     = "defensive"
  drop_invalid_header_fields = false
}

resource "aws_lb_target_group" "process" {
  for_each    = local.ports
  name        = "${var.name}-${each.key}"
  vpc_id      = aws_vpc.here.id
  target_type = "ip"
  protocol    = "HTTP"
  port        = each.value
  # From here on nobody new is sent to a process that goes. SIGTERM comes after it, and its end within stopTimeout.
  deregistration_delay = 30
  health_check {
    path                = local.health_of[each.key]
    matcher             = "200"
    interval            = 15
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.door.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn
  # Whatever asks for another name is none of ours.
  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      status_code  = "421"
    }
  }
}

resource "aws_lb_listener_rule" "host" {
  for_each     = local.hosts
  listener_arn = aws_lb_listener.https.arn
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.process[each.key].arn
  }
  condition {
    host_header {
      values = [each.value]
    }
  }
  dynamic "condition" {
    for_each = each.key == "console" ? [var.console_networks] : []
    content {
      source_ip {
        values = condition.value
      }
    }
  }
}
