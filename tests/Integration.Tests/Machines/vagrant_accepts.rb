# frozen_string_literal: true

# Loads the Vagrantfile of a folder with Vagrant's own classes for the named providers, and prints what they object to:
# ruby vagrant_accepts.rb FOLDER PROVIDER... Exit code 75: Vagrant cannot be loaded as a library here.

begin
  require "vagrant"
rescue LoadError
  exit 75
end

folder, *providers = ARGV
ARGV.replace(["validate"])
environment = Vagrant::Environment.new(cwd: folder, ui_class: Vagrant::UI::Silent)
providers.each do |provider|
  # The last argument: whether the provider can be used on this host is not the question.
  loaded = environment.vagrantfile.machine_config(:master01, provider.to_sym, environment.boxes, nil, false)
  settings = loaded[:config].vm.get_provider_config(provider.to_sym)
  unknown = settings.instance_variable_get(:@__invalid_methods).to_a
  puts "#{provider}: errors #{loaded[:config_errors]}, warnings #{loaded[:config_warnings]}, unknown settings #{unknown}"
end
