agent {
  listen = "localhost:99999" # error: bad listen | 65535
}
