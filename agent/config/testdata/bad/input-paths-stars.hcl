input "logfile" "web" {
  paths  = ["/var/log/**.log"] # warning: ** does not span directories
  output = output.stdout.out
}

output "stdout" "out" {}
