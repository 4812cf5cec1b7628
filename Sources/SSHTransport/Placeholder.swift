// SSHTransport
