/// The testbed, in the order in which it is built. A new stage is a folder beside this file and a
/// line here.
package let allStages: [any Stage] = [
  SiteVPN(),
  Hosts(),
  LoadBalancer(),
  NodePackages(),
  PodNetwork(),
  ControlPlane(),
  Workers(),
  Addons(),
  Latency(),
]
