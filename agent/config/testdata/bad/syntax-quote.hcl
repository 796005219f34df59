input "logfile" "web" {
  output = output.stdout.out
  paths  = ["/a]  # error: invalid multi-line string
}

output "stdout" "out" {
  frmat = "raw" # error: unknown key "frmat"
}
