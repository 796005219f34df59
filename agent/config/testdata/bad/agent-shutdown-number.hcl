agent {
  shutdown_timeout = 5 # error: shutdown_timeout must be a duration in quotes such as "5s"
}
