agent {
  tls {} # error: unknown block "tls" in agent
}
