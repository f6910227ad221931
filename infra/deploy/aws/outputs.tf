output "bucket" {
  description = "Where everything is kept."
  value       = local.bucket
}

output "balancer" {
  description = "Where the domain, and the console's, must lead: a CNAME, or an alias."
  value       = aws_lb.door.dns_name
}

output "archived" {
  description = "The queue that tells of every manifest."
  value       = aws_sqs_queue.archived.id
}

output "command" {
  description = "Run with a verb and its words in place of the last two, it runs the command under the console's role; its lines are in the log /NAME/doctor."
  value = join(" ", [
    "aws ecs run-task --region ${var.region} --cluster ${var.name} --launch-type FARGATE --task-definition ${var.name}-doctor",
    "--network-configuration 'awsvpcConfiguration={subnets=[${join(",", aws_subnet.outside[*].id)}],securityGroups=[${aws_security_group.process["console"].id}],assignPublicIp=ENABLED}'",
    "--overrides '{\"containerOverrides\":[{\"name\":\"doctor\",\"command\":[\"python\",\"-m\",\"console.cli\",\"doctor\"]}]}'",
  ])
}
