agent {
  shutdown_timeout = "-5s" # error: shutdown_timeout is out of range
}
