agent {
  listen = "unix:shipper.sock" # error: bad listen | absolute path
}
