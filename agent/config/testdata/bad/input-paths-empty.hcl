input "logfile" "web" {
  paths  = [] # error: paths is an empty list
  output = output.stdout.out
}

output "stdout" "out" {}
