import java.net.HttpURLConnection
import java.net.URI

fun main() { // on Android, off the main thread
    val query = "{ events(first: 3) { nodes { name startsOn } } }"
    val connection = URI("http://127.0.0.1:8000/graphql").toURL().openConnection() as HttpURLConnection
    connection.requestMethod = "POST"
    connection.doOutput = true
    connection.setRequestProperty("Content-Type", "application/json")
    connection.outputStream.use { it.write("""{"query": "$query"}""".toByteArray()) }
    println(connection.inputStream.use { it.reader().readText() })
}
