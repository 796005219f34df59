agent {
  shutdown_timeout = "5 s" # error: "5 s" is not a duration
}
