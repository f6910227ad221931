# Few, and on symptoms: callbacks that are not taken, work that nobody does, a queue that is about to forget.

locals {
  target_groups = { for process, group in aws_lb_target_group.process : process => group.arn_suffix }
  alarms = merge(
    {
      doctor = {
        why       = "For half an hour the doctor did not find all well: no worker, work overdue, S3, Valkey, or the way of a callback. Its log /${var.name}/doctor has each problem with its mend."
        namespace = "Fixative/${var.name}", metric = "Well", dimensions = {}
        statistic = "Sum", below = true, threshold = 1, period_s = 1800, periods = 1, missing = "breaching"
      }
      door = {
        why       = "Receivers answer callbacks with 5xx: S3 is away or slow. Each costs one of the provider's few tries. See the log /${var.name}/receiver for `not durable`."
        namespace = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", dimensions = { LoadBalancer = aws_lb.door.arn_suffix, TargetGroup = local.target_groups["receiver"] }
        statistic = "Sum", below = false, threshold = 3, period_s = 300, periods = 1, missing = "notBreaching"
      }
      balancer = {
        why       = "The balancer answers in the receivers' place: none is ready, or one ends amid an answer."
        namespace = "AWS/ApplicationELB", metric = "HTTPCode_ELB_5XX_Count", dimensions = { LoadBalancer = aws_lb.door.arn_suffix }
        statistic = "Sum", below = false, threshold = 3, period_s = 300, periods = 1, missing = "notBreaching"
      }
      receivers = {
        why       = "No receiver, or one alone, is ready: callbacks are lost with the next one. See the service's events in ECS, and the log /${var.name}/receiver."
        namespace = "AWS/ApplicationELB", metric = "HealthyHostCount", dimensions = { LoadBalancer = aws_lb.door.arn_suffix, TargetGroup = local.target_groups["receiver"] }
        statistic = "Minimum", below = true, threshold = min(2, var.receivers), period_s = 60, periods = 10, missing = "breaching"
      }
      dead-letters = {
        why       = "More was given up within an hour than `dead_letters_most`. `fixative failed` lists it with the reasons."
        namespace = "Fixative/${var.name}", metric = "DeadLetters", dimensions = {}
        statistic = "Sum", below = false, threshold = var.dead_letters_most + 1, period_s = 3600, periods = 1, missing = "notBreaching"
      }
      worker-memory = {
        why       = "Workers have used nine tenths of their memory for a quarter of an hour: raise worker_memory, or lower DECODERS in worker_settings."
        namespace = "AWS/ECS", metric = "MemoryUtilization", dimensions = { ClusterName = var.name, ServiceName = "worker" }
        statistic = "Maximum", below = false, threshold = 90, period_s = 300, periods = 3, missing = "notBreaching"
      }
      archived = {
        why       = "The oldest news of an archived task has waited for a week, and S3's news are forgotten after two: its reader does not read."
        namespace = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", dimensions = { QueueName = aws_sqs_queue.archived.name }
        statistic = "Maximum", below = false, threshold = 604800, period_s = 3600, periods = 1, missing = "notBreaching"
      }
    },
    {
      for redis in aws_elasticache_replication_group.redis : "redis-memory" => {
        why       = "Valkey is four fifths full: bells are not taken, workers are away or too few. When it is full, callbacks are still kept, and nothing is archived until there is room."
        namespace = "AWS/ElastiCache", metric = "DatabaseMemoryUsagePercentage", dimensions = { CacheClusterId = "${redis.replication_group_id}-001" }
        statistic = "Maximum", below = false, threshold = 80, period_s = 300, periods = 2, missing = "breaching"
      }
    },
  )
}

resource "aws_sns_topic" "alarms" {
  name = "${var.name}-alarms"
}

resource "aws_sns_topic_subscription" "email" {
  count     = var.alarm_email == "" ? 0 : 1
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

resource "aws_cloudwatch_metric_alarm" "symptom" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.why
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = each.value.below ? "LessThanThreshold" : "GreaterThanOrEqualToThreshold"
  threshold           = each.value.threshold
  period              = each.value.period_s
  evaluation_periods  = each.value.periods
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}
