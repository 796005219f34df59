agent {
  listen            = "10.0.0.1:9640"
  listen_cert       = "/c" # error: listen_cert without listen_key
  listen_token_file = "/t"
}
