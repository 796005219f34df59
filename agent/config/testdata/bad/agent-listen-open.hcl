agent {
  listen      = ":9640" # error: open to other hosts | listen_client_ca
  listen_cert = "/c"
  listen_key  = "/k"
}
