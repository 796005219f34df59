input "logfile" "web" {
  paths  = [1] # error: paths must be a text in quotes
  output = output.stdout.out
}

output "stdout" "out" {}
