using KubePivot.Machines;

namespace KubePivot.Tests.Machines;

public class LxcTemplateTests
{
    [Fact]
    public void The_template_is_part_of_the_library_and_is_a_script() => Assert.StartsWith("#!/bin/sh\n", LxcTemplate.Text);
}
