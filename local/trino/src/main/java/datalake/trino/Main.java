package datalake.trino;

import io.trino.server.Server;
import java.util.List;

/**
 * Runs Trino as the child of the local run: a coordinator that is its own only worker, on a port
 * that the parent chose, with one catalog, which is the parent's. It ends when the parent does,
 * killed or not.
 */
public final class Main {
  /** The version of Trino, as Maven got it. */
  static final String VERSION = "435";

  private Main() {}

  public static void main(String[] arguments) throws Exception {
    Parent parent = Parent.onStandardStreams();
    System.setOut(System.err);
    LakeServer server = new LakeServer(parent);
    server.start(VERSION);
    server.awaitNode();
    parent.call("started");
  }

  /** Trino's server, with the lake's plugin and the time that a query's session names. */
  static final class LakeServer extends Server {
    private final LakeModule module;

    LakeServer(Parent parent) {
      module = new LakeModule(parent);
    }

    @Override
    protected Iterable<? extends com.google.inject.Module> getAdditionalModules() {
      return List.of(module);
    }

    void awaitNode() throws InterruptedException {
      module.awaitNode();
    }
  }
}
