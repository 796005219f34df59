agent {
  id = env("SHIPPER_TEST_UNSET") # error: the environment variable "SHIPPER_TEST_UNSET" is not set
}
