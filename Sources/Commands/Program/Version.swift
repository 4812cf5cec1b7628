/// The program's version, of which this is the one place.
package let programVersion = "0.1.0"
