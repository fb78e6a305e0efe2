package dev.cairn.testing.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;

/** What the driver can do beyond JDBC, of a misbehaving connection: notifications and COPY. */
final class MisbehavingPgConnection implements InvocationHandler {
  private static final int WITHOUT_LIMIT = Integer.MAX_VALUE;

  private final MisbehavingConnection connection;
  private final PGConnection target;

  MisbehavingPgConnection(MisbehavingConnection connection, PGConnection target) {
    this.connection = connection;
    this.target = target;
  }

  PGConnection proxy() {
    return Proxies.of(PGConnection.class, this);
  }

  @Override
  public @Nullable Object invoke(Object self, Method method, Object @Nullable [] arguments)
      throws Throwable {
    MisbehavingConnection.Operation operation = () -> Proxies.call(target, method, arguments);
    return switch (method.getName()) {
      case "getNotifications" -> connection.notifications(timeoutMillis(arguments), operation);
      case "getCopyAPI" -> connection.pass("getCopyAPI", Copies::new);
      default -> connection.pass(method.getName(), operation);
    };
  }

  /** As in the driver: without an argument nothing is waited for, and zero means without limit. */
  private static int timeoutMillis(Object @Nullable [] arguments) {
    if (arguments == null || arguments.length == 0) {
      return 0;
    }
    int millis = (Integer) arguments[0];
    return millis == 0 ? WITHOUT_LIMIT : Math.max(millis, 0);
  }

  /** Copies into tables only: nothing else is asked of it. */
  private final class Copies extends CopyManager {
    Copies() throws SQLException {
      super((BaseConnection) target);
    }

    @Override
    public long copyIn(String sql, Reader from) throws SQLException, IOException {
      return copied(sql, () -> super.copyIn(sql, from));
    }

    @Override
    public long copyIn(String sql, InputStream from) throws SQLException, IOException {
      return copied(sql, () -> super.copyIn(sql, from));
    }

    private long copied(String sql, MisbehavingConnection.Operation copy)
        throws SQLException, IOException {
      try {
        return connection.execute(sql, copy) instanceof Long rows ? rows : 0;
      } catch (SQLException | IOException e) {
        throw e;
      } catch (Throwable e) {
        throw Failures.unchecked(e);
      }
    }
  }
}
