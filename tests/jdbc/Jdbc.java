// What a JDBC program does: lists, describes, prepares, reads typed values, meets faults, cancels. Prints one line a finding.
import java.sql.*;

public class Jdbc {
  static Connection connection;

  static void rows(String what, ResultSet found) throws SQLException {
    StringBuilder line = new StringBuilder(what + ":");
    int columns = found.getMetaData().getColumnCount();
    while (found.next()) {
      line.append(" (");
      for (int i = 1; i <= columns; ++i) line.append(i > 1 ? "|" : "").append(found.getObject(i));
      line.append(")");
    }
    System.out.println(line);
  }

  public static void main(String[] arguments) throws Exception {
    Class.forName("org.apache.hive.jdbc.HiveDriver");
    connection = DriverManager.getConnection(arguments[0], arguments[1], arguments[2]);
    DatabaseMetaData about = connection.getMetaData();
    System.out.println("product: " + about.getDatabaseProductName());
    rows("schemas", about.getSchemas());
    try (ResultSet tables = about.getTables(null, "analytics", "%", new String[] {"TABLE", "VIEW"})) {
      while (tables.next()) System.out.println("table: " + tables.getString("TABLE_NAME") + " " + tables.getString("TABLE_TYPE"));
    }
    try (ResultSet columns = about.getColumns(null, "analytics", "orders", "%")) {
      while (columns.next())
        System.out.println("column: " + columns.getString("COLUMN_NAME") + " " + columns.getString("TYPE_NAME") + " " + columns.getInt("DATA_TYPE") + " " + columns.getInt("ORDINAL_POSITION"));
    }
    Statement statement = connection.createStatement();
    rows("count", statement.executeQuery("select count(*) from orders"));
    rows("typed", statement.executeQuery("select id, amount, day, name from analytics.orders where id = 7"));
    rows("values", statement.executeQuery("select cast(9223372036854775807 as bigint) a, cast(1.5 as double) b, cast(null as int) c, true d, timestamp '2024-01-02 03:04:05.25' e, 'x\"y' f, cast(7 as smallint) g"));
    PreparedStatement prepared = connection.prepareStatement("select name from orders where id = ? and name = ?");
    prepared.setInt(1, 12);
    prepared.setString(2, "name 12");
    rows("prepared", prepared.executeQuery());
    rows("backticks", statement.executeQuery("select `day`, date_add(`day`, 2) from `analytics`.`orders` where `id` = 3"));
    try {
      statement.executeQuery("select nonsense from orders");
      System.out.println("fault: none");
    } catch (SQLException fault) {
      System.out.println("fault: " + fault.getMessage().split("\n")[0]);
    }
    statement.setFetchSize(10000);
    long many = 0, sum = 0;
    try (ResultSet found = statement.executeQuery("select range as n, 'text ' || range as t from range(200000)")) {
      while (found.next()) {
        ++many;
        sum += found.getLong(1);
      }
    }
    System.out.println("many: " + many + " " + sum);
    final Statement slow = connection.createStatement();
    Thread canceller = new Thread(() -> {
      try {
        Thread.sleep(1000);
        slow.cancel();
      } catch (Exception ignored) {
      }
    });
    canceller.start();
    try {
      slow.executeQuery("select count(*) from range(100000) a, range(1000000) b where a.range * b.range % 7 = 3").next();
      System.out.println("cancelled: no");
    } catch (SQLException fault) {
      System.out.println("cancelled: " + fault.getMessage().toLowerCase().contains("cancel"));
    }
    canceller.join();
    rows("again", statement.executeQuery("select 1"));
    connection.close();
  }
}
