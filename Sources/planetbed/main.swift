print("planetbed")
