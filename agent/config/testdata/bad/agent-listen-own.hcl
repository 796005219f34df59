agent {
  listen = "unix:/var/lib/shipper/shipper.sock" # error: the agent's own socket
}
