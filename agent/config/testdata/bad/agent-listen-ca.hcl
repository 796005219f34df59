agent {
  listen_client_ca = "/c" # error: listen_client_ca without listen_cert
}
