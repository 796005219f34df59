agent {
  listen = "0.0.0.0:9640" # error: "0.0.0.0:9640" is open to other hosts | listen_token_file | 127.0.0.1
}
