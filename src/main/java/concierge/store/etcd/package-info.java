/**
 * The store of many machines: etcd 3.4 and later. Start with {@link concierge.store.etcd.EtcdStore}; {@code
 * EtcdMembers} asks the members and decides what an error means ({@code EtcdError}), {@code EtcdWatch}
 * keeps a watch going, {@code EtcdUpkeep} compacts. {@code EtcdKeys} says where everything stands.
 */
@NullMarked
package concierge.store.etcd;

import org.jspecify.annotations.NullMarked;
