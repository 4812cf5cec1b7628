import Testing

@testable import Roles

@Suite struct TemplateTests {
  private let scope = Scope(
    values: [
      "name": .string("keio"), "port": .integer(1194), "on": .boolean(true), "empty": .list([]),
      "sites": .list([.string("a"), .string("b"), .string("c")]),
      "peer": .table(["host": .string("h1"), "ports": .list([.integer(1), .integer(2)])]),
      "fact": .unknown([FactReference(host: "h", name: "f")]),
    ], suggest: { name, known in known.first { $0.hasPrefix(name.prefix(2)) } })

  @Test(
    arguments: [
      ("{{ name }}:{{ port }} {{ on }}", "keio:1194 true"),
      ("{{ peer.host }} {{ peer['host'] }} {{ peer.ports[1] }}", "h1 h1 2"),
      (
        "{% for s in sites %}{{ loop.index }}{{ s }}{% if not loop.last %},{% endif %}{% endfor %}",
        "1a,2b,3c"
      ),
      ("a\n  {% if on %}\n  b\n  {% else %}\n  c\n  {% endif %}\nd\n", "a\n  b\nd\n"),
      ("a {%- if on -%} b {%- endif -%} c", "abc"),
      ("{% if port == 1 %}x{% elif port >= 1194 and not empty %}y{% else %}z{% endif %}", "y"),
      ("{# a comment #}\nx{# y #}z\n", "xz\n"),
      ("{% if 'a' in sites and 'z' not in sites or false %}in{% endif %}", "in"),
      ("{{ 'it''s' | quoted }}", nil),
      ("{{ \"it's\" | quoted }} {{ sites | quoted }}", "'it'\\''s' 'a' 'b' 'c'"),
      ("{{ sites | join(', ') | upper }} {{ sites | length }}", "A, B, C 3"),
      ("{{ port + 1 * 2 }} {{ 'a' ~ port }} {{ (port - 4) * -1 }}", "1196 a1194 -1190"),
      (
        "{{ ' x ' | trim }}{{ 'a-b' | replace('-', '_') }}{{ 'b,a' | split(',') | sort | first }}",
        "xa_ba"
      ),
      ("{{ 'a\\nb' | indent(2) }}", "a\n  b"),
      ("{% if peer.none is defined %}x{% endif %}{% if peer.host is defined %}y{% endif %}", "y"),
      (
        "{% for s in [3, 1] | sort %}{{ s }}{% endfor %}{{ peer | keys | join('+') }}",
        "13host+ports"
      ),
      ("größe {{ '}}' }} 日本", "größe }} 日本"),
      ("{{ ['x', 'x'] | unique | last | lower | string }}{{ '7' | int + 1 }}", "x8"),
    ] as [(String, String?)])
  func renders(_ text: String, _ expected: String?) throws {
    guard let expected else {
      #expect(throws: TemplateError.self) { try Template(text).rendered(in: scope) }
      return
    }
    let rendered = try Template(text).rendered(in: scope)
    #expect(rendered == Template.Rendered(text: expected, missing: []))
  }

  @Test(arguments: [
    "{{ fact }}", "{{ fact | quoted }}", "{% if fact == 'x' %}a{% endif %}", "{{ 'a' ~ fact }}",
    "{% if fact and on %}a{% endif %}", "{{ [fact] | join(',') }}", "{% if not fact %}{% endif %}",
  ])
  func waitsForFacts(_ text: String) throws {
    let rendered = try Template(text).rendered(in: scope)
    #expect(rendered.missing == [FactReference(host: "h", name: "f")])
  }

  @Test func whatNoFactCanChangeWaitsForNone() throws {
    let rendered = try Template("{% if fact == 'x' or on %}a{% endif %}").rendered(in: scope)
    #expect(rendered == Template.Rendered(text: "a", missing: []))
  }

  @Test(arguments: [
    ("a\n {{ nam }}", 2, 5, "\"nam\" is not defined", "Did you mean \"name\"?"),
    ("{{ peer.hots }}", 1, 4, "\"peer\" has no field \"hots\"", "Did you mean \"host\"?"),
    ("{{ name.x }}", 1, 4, "a string has no field \"x\"", ""),
    ("{{ sites[3] }}", 1, 4, "there is no element 3 in a list of 3", ""),
    ("{{ sites['a'] }}", 1, 4, "a list has no elements named by a string", ""),
    (
      "{{ sites }}", 1, 4, "a list cannot be written as it is",
      "Write its elements, with a loop or the filter \"join\"."
    ),
    (
      "{% for x in name %}{% endfor %}", 1, 13, "a loop goes over a list, not over a string",
      "The filter \"keys\" makes a list of a table's names."
    ),
    (
      "{% if name < port %}{% endif %}", 1, 7,
      "a string and an integer cannot be compared with \"<\"", ""
    ),
    ("{{ name + 1 }}", 1, 4, "\"+\" takes integers, not a string and an integer", ""),
    ("{{ peer ~ 'x' }}", 1, 4, "a table and a string cannot be joined with \"~\"", ""),
    ("{{ 9223372036854775807 + 1 }}", 1, 4, "the result is too large a number", ""),
    (
      "{{ name | join(',') }}", 1, 11,
      "the filter \"join\" cannot be applied to a string like this",
      "A list's elements in one text, `separator` between them."
    ),
    ("{{ sites | join }}", 1, 12, "the filter \"join\" takes 1 arguments, not 0", ""),
    ("{% if (1 + 2) is defined %}{% endif %}", 1, 8, "only a name or a field can be defined", ""),
  ])
  func tellsWhatIsWrongWithValues(
    _ text: String, _ line: Int, _ column: Int, _ summary: String, _ detail: String
  ) throws {
    let error = TemplateError(summary, detail: detail, at: TextPlace(line: line, column: column))
    let template = try Template(text)
    #expect(throws: error) { try template.rendered(in: scope) }
  }

  @Test(arguments: [
    ("x\n{{ name", 2, 1, "\"{{\" is not closed with \"}}\""),
    ("x {{ name\n/ {{ name }}", 1, 3, "\"{{\" is not closed with \"}}\""),
    ("{% if on\n{{ name }}", 1, 1, "\"{%\" is not closed with \"%}\""),
    ("{% if on %}x", 1, 3, "\"if\" is not closed with \"endif\""),
    ("{% endfor %}", 1, 4, "\"endfor\" closes nothing"),
    ("{% if on %}{% else %}{% elif on %}{% endif %}", 1, 25, "\"elif\" cannot come after \"else\""),
    ("{% if on %}{% endfor %}", 1, 15, "\"endfor\" closes nothing"),
    ("{% for x in sites %}{% endif %}", 1, 24, "\"endif\" closes nothing"),
    ("{% for x of sites %}{% endfor %}", 1, 10, "\"in\" is missing"),
    ("{% for in sites %}{% endfor %}", 1, 8, "the loop's variable is missing"),
    ("{% set x %}", 1, 4, "there is no statement \"set\""),
    ("{% 1 %}", 1, 3, "a statement begins with a word such as \"if\""),
    ("{{ name | none }}", 1, 11, "there is no filter \"none\""),
    ("{{ 'x }}", 1, 1, "\"{{\" is not closed with \"}}\""),
    ("{{ name ; }}", 1, 9, "\";\" has no meaning in an expression"),
    ("{{ name name }}", 1, 9, "\"name\" is not expected here"),
    ("{{ }}", 1, 4, "a value is missing"),
    ("{{ (name }}", 1, 10, "\")\" is missing"),
    ("{{ sites[1 }}", 1, 12, "\"]\" is missing"),
    ("{{ [1 2] }}", 1, 7, "\"]\" is missing"),
    ("{{ - name }}", 1, 6, "a number is missing after \"-\""),
    ("{{ name is odd }}", 1, 12, "\"is\" knows only \"defined\" and \"not defined\""),
    ("{{ 99999999999999999999 }}", 1, 4, "99999999999999999999 is too large a number"),
  ])
  func tellsWhatIsWrongWithATemplate(_ text: String, _ line: Int, _ column: Int, _ summary: String)
  {
    #expect {
      _ = try Template(text)
    } throws: { error in
      guard let error = error as? TemplateError else { return false }
      return error.summary == summary && error.place == TextPlace(line: line, column: column)
    }
  }

  @Test func refusesWhatIsNestedTooDeeply() {
    let deep = String(repeating: "(", count: 100) + "1" + String(repeating: ")", count: 100)
    #expect(throws: TemplateError.self) { try Template("{{ \(deep) }}") }
    let ifs = String(repeating: "{% if on %}", count: 50)
    #expect(throws: TemplateError.self) { try Template(ifs) }
  }
}
