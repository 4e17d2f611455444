package concierge.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RowsTest {
    @Test
    void findsEachNameAtItsPlace() {
        List<String> names = IntStream.range(0, 3000).mapToObj(i -> "host-" + i).toList();
        Rows rows = new Rows(names);
        for (int row = 0; row < names.size(); row++) assertThat(rows.of(new String(names.get(row)))).isEqualTo(row);
    }

    @Test
    void tellsNamesOfTheSameHashApart() {
        Rows rows = new Rows(List.of("Aa", "BB"));
        assertThat(rows.of("Aa")).isZero();
        assertThat(rows.of("BB")).isOne();
        assertThat(rows.of("AaAa")).isEqualTo(HostTable.NO_ROW);
    }

    @Test
    void knowsNoRowOfStrangers() {
        assertThat(new Rows(List.of()).of("box")).isEqualTo(HostTable.NO_ROW);
        assertThat(new Rows(List.of("box")).of("bax")).isEqualTo(HostTable.NO_ROW);
    }
}
