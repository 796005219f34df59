input "logfile" "web" {
  paths  = ["/a", "log/*.log"] # error: bad paths: "log/*.log" | absolute
  output = output.stdout.out
}

output "stdout" "out" {}
