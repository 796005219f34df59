agent {
  listen = "localhost" # error: bad listen: "localhost" | host:port
}
