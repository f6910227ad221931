variable "region" {
  description = "The AWS region that all of it stands in."
  type        = string
}

variable "name" {
  description = "What everything is named by: two deployments in one account need two names."
  type        = string
  default     = "fixative"
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "Expected: 3 to 20 small letters, digits and dashes, the first one a letter."
  }
}

variable "bucket" {
  description = "The bucket's name, which is anybody's in the world only once; empty: `name` with the account's number."
  type        = string
  default     = ""
}

variable "s3_prefix" {
  description = "S3_PREFIX: put before every key, with a slash at its end."
  type        = string
  default     = ""
  validation {
    condition     = can(regex("^([A-Za-z0-9._-]+/)*$", var.s3_prefix))
    error_message = "Expected: nothing, or folders that each end in a slash."
  }
}

variable "versioning" {
  description = "Whether what is removed or written over can be had again for `removed_days`."
  type        = bool
  default     = true
}

variable "removed_days" {
  description = "For how many days; what lives for seconds anyway is kept for one."
  type        = number
  default     = 30
}

variable "dead_days" {
  description = "Days until a dead letter goes, with the bytes that were refused or came within its body; 0: never."
  type        = number
  default     = 365
}

variable "thumbs_days" {
  description = "Days until a thumbnail goes; whoever looks again has it made anew. 0: never."
  type        = number
  default     = 90
}

variable "image" {
  description = "The image of all processes, as infra/deploy/image makes it, by a tag or a digest of its own for each version."
  type        = string
}

variable "secret_names" {
  description = "The secret settings that this deployment has. API_TOKEN opens the door for programs, CONSOLE_USERS starts the console, REDIS_URL names a Redis of your own."
  type        = set(string)
  default     = ["TICKET_KEYS"]
  validation {
    condition     = contains(var.secret_names, "TICKET_KEYS") && length(setsubtract(var.secret_names, flatten(values(local.secret_of)))) == 0
    error_message = "Expected: TICKET_KEYS, and of API_TOKEN, CONSOLE_USERS, REDIS_URL, EGRESS_PROXY and the providers' keys those that you use."
  }
}

variable "secrets" {
  description = "What is in them, by name: told at the first apply, and whenever `secrets_version` is raised."
  type        = map(string)
  default     = {}
  ephemeral   = true
  sensitive   = true
  validation {
    condition     = length(var.secrets) == 0 || alltrue([for name in var.secret_names : lookup(var.secrets, name, "") != ""])
    error_message = "Expected: all of secret_names, none of them empty; or nothing at all, where none is written."
  }
}

variable "secrets_version" {
  description = "Raise it to write `secrets` anew; the processes are then started with them, one after the other."
  type        = number
  default     = 1
}

variable "log_days" {
  description = "For how many days log lines are kept."
  type        = number
  default     = 30
}

variable "network" {
  description = "The addresses of the network that is made for it: a /16 to a /24."
  type        = string
  default     = "10.83.0.0/20"
}

variable "redis_node" {
  description = "The size of Valkey's machines. The smallest is enough: there are bells in it and heartbeats."
  type        = string
  default     = "cache.t4g.micro"
}

variable "redis_nodes" {
  description = "How many of them: with two, one takes over within a minute; with one, callbacks wait in the bucket until it is back."
  type        = number
  default     = 1
}

variable "domain" {
  description = "The name under which providers reach the receiver: cb.example.com."
  type        = string
}

variable "certificate_arn" {
  description = "A certificate of ACM, in this region, for `domain` and for `console_domain`."
  type        = string
}

variable "console_domain" {
  description = "The name under which people open the console; needed with CONSOLE_USERS."
  type        = string
  default     = ""
  validation {
    condition     = (var.console_domain != "") == contains(var.secret_names, "CONSOLE_USERS")
    error_message = "Expected: console_domain together with CONSOLE_USERS in secret_names, or neither."
  }
}

variable "console_networks" {
  description = "From where the console is reached, four networks at most."
  type        = list(string)
  default     = []
  validation {
    condition     = length(var.console_networks) <= 4 && (length(var.console_networks) > 0 || var.console_domain == "")
    error_message = "Expected: with a console, one to four networks from which it may be opened."
  }
}

variable "receivers" {
  description = "How many receivers: two and more, so that one answers while another is replaced."
  type        = number
  default     = 2
}

variable "workers" {
  description = "How many workers."
  type        = number
  default     = 1
}

variable "worker_cpu" {
  description = "A worker's part of a machine, 1024 being a core: as many decoders as cores."
  type        = number
  default     = 1024
}

variable "worker_memory" {
  description = "A worker's memory in MiB."
  type        = number
  default     = 2048
}

variable "worker_settings" {
  description = "More settings of the workers, by name (docs/settings.md): SOURCE_HOSTS, WORKER_THREADS, CONFIRM_TASKS."
  type        = map(string)
  default     = {}
}

variable "architecture" {
  description = "What the image was built for: X86_64, or ARM64, which costs a fifth less."
  type        = string
  default     = "X86_64"
}

variable "alarm_email" {
  description = "Who is written to by alarms; empty: nobody, and other subscribers of the topic may hear of them."
  type        = string
  default     = ""
}

variable "dead_letters_most" {
  description = "How many dead letters an hour are nothing out of the ordinary."
  type        = number
  default     = 10
}
