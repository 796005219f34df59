input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  ouptut = 1 # error: unknown key "ouptut" in input "logfile" "web" | Did you mean "output"?
}

output "stdout" "out" {}
