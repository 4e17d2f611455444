package concierge.server;

import concierge.security.access.Audit;
import concierge.security.access.Tokens;
import concierge.server.answer.Shown;
import concierge.server.answer.StateHandlers;
import concierge.server.change.AccessHandlers;
import concierge.server.change.HostHandlers;
import concierge.server.change.RebalanceHandlers;
import concierge.server.change.Removal;
import concierge.server.change.ResetHandlers;
import concierge.server.change.SecretHandlers;
import concierge.server.change.StackHandlers;
import concierge.server.change.StackVolumes;
import concierge.server.deploy.DeployHandlers;
import concierge.server.deploy.Deploys;
import concierge.server.deploy.PlanHandlers;
import concierge.server.events.EventHandlers;
import concierge.server.http.Operation;
import concierge.server.instance.ExecHandler;
import concierge.server.instance.Executors;
import concierge.server.instance.InstanceHandlers;
import concierge.server.instance.LogHandlers;
import concierge.server.instance.RunHandlers;
import concierge.server.queue.PortierHandlers;
import concierge.server.queue.QueueHandlers;
import concierge.server.records.History;
import concierge.server.router.RouteHandlers;
import java.util.ArrayList;
import java.util.List;

/** Every operation of the API, put together from its areas. */
final class Operations {
    private Operations() {}

    static List<Operation> of(ApiParts parts) {
        History history = History.shown(parts.store(), parts.live());
        Shown shown = new Shown(() -> parts.announcement().get().router(), parts::remarks, parts::asOf, history);
        Executors executors = new Executors(parts.host(), parts.executors(), parts.peers());
        Removal removal = new Removal(parts.store(), parts.live(), history, new StackVolumes(executors, parts.live()));
        List<Operation> all = new ArrayList<>();
        all.addAll(new StateHandlers(parts.store(), parts.live(), shown, history, parts.host(), parts::remarks, parts::asOf).operations());
        all.addAll(new HostHandlers(parts.store(), parts.live(), parts.judged(), parts.clock()).operations());
        all.addAll(new RebalanceHandlers(parts.store(), parts.live(), parts.judged()).operations());
        all.addAll(new StackHandlers(parts.store(), removal).operations());
        Deploys deploys = new Deploys(parts.store(), parts.live(), parts.blobs(), parts.images(), parts.secrets(), parts.clock());
        all.addAll(new DeployHandlers(deploys, parts.blobs(), parts.images(), parts.live(), shown, history, parts::remarks).operations());
        all.addAll(new PlanHandlers(deploys, parts.store(), parts.live(), parts.judged(), parts.clock()).operations());
        all.addAll(new ResetHandlers(parts.installation(), parts.store(), parts.live(), executors, parts.peers()).operations());
        all.addAll(new SecretHandlers(parts.secrets(), parts.live()).operations());
        all.addAll(new InstanceHandlers(parts.live(), shown, executors, parts.events()).operations());
        all.addAll(new RunHandlers(parts.store(), parts.live(), executors).operations());
        all.addAll(new LogHandlers(parts.live(), executors, parts.events()).operations());
        all.addAll(new ExecHandler(parts.live(), executors).operations());
        all.addAll(new EventHandlers(parts.events()).operations());
        all.addAll(new RouteHandlers(parts.live(), parts.acks(), parts.installation(), parts.sites().toString()).operations());
        all.addAll(new ServerHandlers(parts.version(), parts.announcement(), parts::remarks, java.util.Optional::empty, parts.settings(), parts.stop()).operations());
        all.addAll(new PortierHandlers(parts.store(), parts.live(), parts.types(), parts::setting, executors).operations());
        all.addAll(new QueueHandlers(parts.store(), parts.queue()).operations());
        Audit audit = new Audit(parts.store(), parts.clock());
        Tokens tokens = new Tokens(parts.store(), parts.clock());
        all.addAll(new AccessHandlers(parts.store(), tokens, audit, parts.announcement(), parts.clock()).operations());
        return all;
    }
}
