agent {
  listen = "0.0.0.0:9640" # error: bad listen: "0.0.0.0:9640" | open to other hosts | 127.0.0.1
}
