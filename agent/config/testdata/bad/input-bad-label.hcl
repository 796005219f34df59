input "logfile" "my web" { # error: "my web" can't be a label
  paths  = ["/a"]
  output = output.stdout.out
}

output "stdout" "out" {}
