import Inventories

extension ReportContents.Site {
  /// A site as the inventory has it.
  package init(_ site: Site) {
    self.init(
      name: site.name, city: site.city,
      location: site.location.map {
        ReportContents.Location(latitude: $0.latitude, longitude: $0.longitude)
      },
      prefix: site.lan.description, router: site.router.name,
      hosts: site.hosts.map {
        ReportContents.Host(
          name: $0.name, address: $0.address.description, role: $0.role.rawValue)
      })
  }
}
