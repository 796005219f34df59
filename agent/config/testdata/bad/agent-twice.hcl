agent {
}

agent { # error: second block agent | testdata/bad/agent-twice.hcl:1:1
  lanes = -1 # error: lanes is out of range
}
